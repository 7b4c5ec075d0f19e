# Sources of src/secrets/cubbyhole/.
libmockvault_a_SOURCES += \
	src/secrets/cubbyhole/cubbyhole.c
