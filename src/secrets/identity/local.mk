# Sources of src/secrets/identity/.
libmockvault_a_SOURCES += \
	src/secrets/identity/alias.c \
	src/secrets/identity/entity.c \
	src/secrets/identity/group.c \
	src/secrets/identity/identity.c \
	src/secrets/identity/identity.h \
	src/secrets/identity/identity_common.c \
	src/secrets/identity/identity_common.h \
	src/secrets/identity/lookup.c \
	src/secrets/identity/oidc.c \
	src/secrets/identity/oidc_keys.c \
	src/secrets/identity/oidc_keys.h \
	src/secrets/identity/oidc_template.c \
	src/secrets/identity/oidc_template.h
