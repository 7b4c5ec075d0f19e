# Sources of src/core/seal/.
libmockvault_a_SOURCES += \
	src/core/seal/challenge.c \
	src/core/seal/challenge.h \
	src/core/seal/challenge_cloud.c \
	src/core/seal/generate_root.c \
	src/core/seal/generate_root.h \
	src/core/seal/key_shares.c \
	src/core/seal/key_shares.h \
	src/core/seal/rekey.c \
	src/core/seal/rekey.h \
	src/core/seal/seal.c \
	src/core/seal/seal.h
