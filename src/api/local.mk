# Sources of src/api/.
libmockvault_a_SOURCES += \
	src/api/api.c \
	src/api/api.h \
	src/api/api_internal.h \
	src/api/async_key.c \
	src/api/async_key.h \
	src/api/call.c \
	src/api/custom_metadata.c \
	src/api/custom_metadata.h \
	src/api/engine.c \
	src/api/engine.h \
	src/api/help.c \
	src/api/listing.c \
	src/api/listing.h \
	src/api/media_type.c \
	src/api/media_type.h \
	src/api/mount_entries.c \
	src/api/mount_entries.h \
	src/api/param.c \
	src/api/param.h \
	src/api/pipeline.c \
	src/api/pipeline_run.c \
	src/api/plugin_version.c \
	src/api/plugin_version.h \
	src/api/reply.c \
	src/api/reply.h \
	src/api/request.c \
	src/api/request.h \
	src/api/request_info.c \
	src/api/rotation_params.c \
	src/api/rotation_params.h \
	src/api/route.c \
	src/api/route.h \
	src/api/tools.c \
	src/api/tools.h \
	src/api/warnings.c
