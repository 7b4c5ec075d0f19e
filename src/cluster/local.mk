# Sources of src/cluster/.
libmockvault_a_SOURCES += \
	src/cluster/net/address.c \
	src/cluster/net/address.h \
	src/cluster/bytes.c \
	src/cluster/bytes.h \
	src/cluster/cluster.h \
	src/cluster/net/cluster_tls.c \
	src/cluster/config.c \
	src/cluster/config.h \
	src/cluster/consensus.c \
	src/cluster/consensus.h \
	src/cluster/disk.c \
	src/cluster/disk.h \
	src/cluster/forward.c \
	src/cluster/forward.h \
	src/cluster/forward_message.c \
	src/cluster/forward_message.h \
	src/cluster/net/frame.c \
	src/cluster/net/frame.h \
	src/cluster/guard.c \
	src/cluster/guard.h \
	src/cluster/net/http_client.c \
	src/cluster/net/http_client.h \
	src/cluster/join.c \
	src/cluster/join.h \
	src/cluster/log_store.c \
	src/cluster/log_store.h \
	src/cluster/memory_network.c \
	src/cluster/memory_network.h \
	src/cluster/member.h \
	src/cluster/message.c \
	src/cluster/message.h \
	src/cluster/peers.c \
	src/cluster/peers.h \
	src/cluster/net/tcp_conn.c \
	src/cluster/net/tcp_internal.h \
	src/cluster/net/tcp_network.c \
	src/cluster/net/tcp_network.h
if RAFT
libmockvault_a_SOURCES += \
	src/cluster/cluster.c \
	src/cluster/member.c \
	src/cluster/raft15.c \
	src/cluster/raft15_messages.c \
	src/cluster/raft15_messages.h
endif
