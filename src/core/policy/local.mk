# Sources of src/core/policy/.
libmockvault_a_SOURCES += \
	src/core/policy/acl.c \
	src/core/policy/acl.h \
	src/core/policy/default_policies.c \
	src/core/policy/identity_template.c \
	src/core/policy/password_policy.c \
	src/core/policy/password_policy.h \
	src/core/policy/policy.c \
	src/core/policy/policy.h
