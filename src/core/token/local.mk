# Sources of src/core/token/.
libmockvault_a_SOURCES += \
	src/core/token/batch_token.c \
	src/core/token/batch_token.h \
	src/core/token/identity.c \
	src/core/token/identity.h \
	src/core/token/lease.c \
	src/core/token/lease.h \
	src/core/token/lease_pending.c \
	src/core/token/lease_pending.h \
	src/core/token/token.c \
	src/core/token/token.h \
	src/core/token/token_entry.c \
	src/core/token/token_format.c \
	src/core/token/token_format.h \
	src/core/token/ttl.c \
	src/core/token/ttl.h \
	src/core/token/wrap.c \
	src/core/token/wrap.h
