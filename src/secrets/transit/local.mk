# Sources of src/secrets/transit/.
libmockvault_a_SOURCES += \
	src/secrets/transit/backup.c \
	src/secrets/transit/backup.h \
	src/secrets/transit/certificates.c \
	src/secrets/transit/certificates.h \
	src/secrets/transit/cipher.c \
	src/secrets/transit/cipher.h \
	src/secrets/transit/encrypt.c \
	src/secrets/transit/export.c \
	src/secrets/transit/hmac.c \
	src/secrets/transit/hmac.h \
	src/secrets/transit/import.c \
	src/secrets/transit/key.c \
	src/secrets/transit/key.h \
	src/secrets/transit/key_material.c \
	src/secrets/transit/key_material.h \
	src/secrets/transit/keys.c \
	src/secrets/transit/sign.c \
	src/secrets/transit/signature.c \
	src/secrets/transit/signature.h \
	src/secrets/transit/transit.c \
	src/secrets/transit/transit_common.c \
	src/secrets/transit/transit_common.h \
	src/secrets/transit/transit_store.c \
	src/secrets/transit/transit_store.h
