# Sources of src/server/embed/.
libmockvault_a_SOURCES += \
	src/server/embed/commands.c \
	src/server/embed/embed.c \
	src/server/embed/embed.h \
	src/server/embed/requests.c \
	src/server/embed/threads.c
