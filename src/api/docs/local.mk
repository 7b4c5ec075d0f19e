# Sources of src/api/docs/.
libmockvault_a_SOURCES += \
	src/api/docs/docs.c \
	src/api/docs/docs.h \
	src/api/docs/docs_auth.c \
	src/api/docs/docs_pki.c \
	src/api/docs/docs_secrets.c \
	src/api/docs/docs_sys.c \
	src/api/docs/openapi.c \
	src/api/docs/openapi.h \
	src/api/docs/responses.c \
	src/api/docs/responses.h
