# Sources of src/secrets/kv/.
libmockvault_a_SOURCES += \
	src/secrets/kv/kv1.c \
	src/secrets/kv/kv2.c \
	src/secrets/kv/kv2.h \
	src/secrets/kv/kv2_actor.c \
	src/secrets/kv/kv2_cache.c \
	src/secrets/kv/kv2_cache.h \
	src/secrets/kv/kv2_common.c \
	src/secrets/kv/kv2_data.c \
	src/secrets/kv/kv2_metadata.c \
	src/secrets/kv/kv2_store.c \
	src/secrets/kv/kv2_store.h \
	src/secrets/kv/kv2_versions.c \
	src/secrets/kv/merge_patch.c \
	src/secrets/kv/merge_patch.h
