# The page's commands for a service's AppRole.
vault auth enable approle

vault policy write platform-iam - <<EOT
path "secret/data/platform/iam/*" {
  capabilities = ["read"]
}
path "secret/metadata/platform/iam/*" {
  capabilities = ["read", "list"]
}
EOT

vault write auth/approle/role/platform-iam \
  token_policies="platform-iam" \
  token_ttl=1h \
  token_max_ttl=4h \
  secret_id_ttl=0

vault read auth/approle/role/platform-iam/role-id
vault write -f auth/approle/role/platform-iam/secret-id
