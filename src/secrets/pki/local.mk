# Sources of src/secrets/pki/.
libmockvault_a_SOURCES += \
	src/secrets/pki/aia.c \
	src/secrets/pki/allowed_names.c \
	src/secrets/pki/ca.c \
	src/secrets/pki/cert_template.c \
	src/secrets/pki/config.c \
	src/secrets/pki/crl.c \
	src/secrets/pki/crl_sign.c \
	src/secrets/pki/csr.c \
	src/secrets/pki/fetch.c \
	src/secrets/pki/import.c \
	src/secrets/pki/issue.c \
	src/secrets/pki/issuers.c \
	src/secrets/pki/keys.c \
	src/secrets/pki/name_constraints.c \
	src/secrets/pki/ocsp.c \
	src/secrets/pki/pki.c \
	src/secrets/pki/pki_common.c \
	src/secrets/pki/pki_common.h \
	src/secrets/pki/pki_store.c \
	src/secrets/pki/revoke.c \
	src/secrets/pki/role.c \
	src/secrets/pki/sign_self_issued.c \
	src/secrets/pki/tidy.c \
	src/secrets/pki/x509.c \
	src/secrets/pki/x509.h \
	src/secrets/pki/x509_crl.c \
	src/secrets/pki/x509_ext.c \
	src/secrets/pki/x509_sign.h \
	src/secrets/pki/x509_text.c
