# Sources of src/world/.
libmockvault_a_SOURCES += \
	src/world/clock.c \
	src/world/clock.h \
	src/world/rng.c \
	src/world/rng.h
