# Sources of src/auth/config_only/.
libmockvault_a_SOURCES += \
	src/auth/config_only/config_only.c \
	src/auth/config_only/fields.c \
	src/auth/config_only/fields.h
