# Sources of src/auth/approle/.
libmockvault_a_SOURCES += \
	src/auth/approle/approle.c \
	src/auth/approle/approle.h \
	src/auth/approle/approle_store.c \
	src/auth/approle/approle_store.h \
	src/auth/approle/role.c \
	src/auth/approle/secret_id.c
