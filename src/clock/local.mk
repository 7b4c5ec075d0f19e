# Sources of src/clock/.
libmockvault_a_SOURCES += \
	src/clock/clock.c \
	src/clock/clock.h \
	src/clock/random.c \
	src/clock/random.h
