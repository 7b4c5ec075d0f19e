# Sources of src/server/config/.
libmockvault_a_SOURCES += \
	src/server/config/config_fields.c \
	src/server/config/config_fields.h \
	src/server/config/config_file.c \
	src/server/config/config_file.h \
	src/server/config/config_listener.c \
	src/server/config/config_sanitized.c \
	src/server/config/config_storage.c \
	src/server/config/config_value.c \
	src/server/config/config_value.h \
	src/server/config/sockaddr_template.c \
	src/server/config/sockaddr_template.h
