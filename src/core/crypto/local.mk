# Sources of src/core/crypto/.
libmockvault_a_SOURCES += \
	src/core/crypto/aes_gcm.c \
	src/core/crypto/aes_gcm.h \
	src/core/crypto/bcrypt.c \
	src/core/crypto/bcrypt.h \
	src/core/crypto/certificate.c \
	src/core/crypto/certificate.h \
	src/core/crypto/client_tls.c \
	src/core/crypto/client_tls.h \
	src/core/crypto/crypto_error.c \
	src/core/crypto/crypto_error.h \
	src/core/crypto/digest.c \
	src/core/crypto/digest.h \
	src/core/crypto/keypair.c \
	src/core/crypto/keypair.h \
	src/core/crypto/shamir.c \
	src/core/crypto/shamir.h
