# Sources of src/cli/vault/client/.
libmockvault_a_SOURCES += \
	src/cli/vault/client/address.c \
	src/cli/vault/client/address.h \
	src/cli/vault/client/fields.c \
	src/cli/vault/client/fields.h \
	src/cli/vault/client/kvargs.c \
	src/cli/vault/client/kvargs.h \
	src/cli/vault/client/parts.c \
	src/cli/vault/client/parts.h \
	src/cli/vault/client/readfile.c \
	src/cli/vault/client/readfile.h \
	src/cli/vault/client/secret.c \
	src/cli/vault/client/secret.h \
	src/cli/vault/client/show_request.c \
	src/cli/vault/client/show_request.h \
	src/cli/vault/client/token_helper.c \
	src/cli/vault/client/token_helper.h \
	src/cli/vault/client/transport.c \
	src/cli/vault/client/transport.h \
	src/cli/vault/client/trust.c \
	src/cli/vault/client/trust.h \
	src/cli/vault/client/vclient.c \
	src/cli/vault/client/vclient.h \
	src/cli/vault/client/vrequest.c
