# Sources of src/cli/vault/output/.
libmockvault_a_SOURCES += \
	src/cli/vault/output/goflag.c \
	src/cli/vault/output/goflag.h \
	src/cli/vault/output/gotext.c \
	src/cli/vault/output/gotext.h \
	src/cli/vault/output/hcl_format.c \
	src/cli/vault/output/hcl_format.h \
	src/cli/vault/output/hcl_tokens.c \
	src/cli/vault/output/hcl_tokens.h \
	src/cli/vault/output/print.c \
	src/cli/vault/output/printer.c \
	src/cli/vault/output/printer.h \
	src/cli/vault/output/ui.c \
	src/cli/vault/output/ui.h \
	src/cli/vault/output/yaml.c
