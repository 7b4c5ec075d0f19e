# Sources of src/core/.
libmockvault_a_SOURCES += \
	src/core/expirer.c \
	src/core/expirer.h \
	src/core/expirer_key.h \
	src/core/setting.c \
	src/core/setting.h \
	src/core/vault.c \
	src/core/vault_clock.c \
	src/core/version.c \
	src/core/version.h \
	src/core/vault.h \
	src/core/worker.c \
	src/core/worker.h
