# Sources of src/auth/config_only/.
libmockvault_a_SOURCES += \
	src/auth/config_only/alicloud.c \
	src/auth/config_only/aws.c \
	src/auth/config_only/azure.c \
	src/auth/config_only/cert.c \
	src/auth/config_only/cf.c \
	src/auth/config_only/config_only_common.c \
	src/auth/config_only/config_only_common.h \
	src/auth/config_only/gcp.c \
	src/auth/config_only/github.c \
	src/auth/config_only/jwt.c \
	src/auth/config_only/kerberos.c \
	src/auth/config_only/kubernetes.c \
	src/auth/config_only/ldap.c \
	src/auth/config_only/oci.c \
	src/auth/config_only/okta.c \
	src/auth/config_only/radius.c
