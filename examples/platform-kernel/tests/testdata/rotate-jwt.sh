# The script of the page's CronJob.
openssl ecparam -name prime256v1 -genkey -noout -out /tmp/key.pem
openssl ec -in /tmp/key.pem -pubout -out /tmp/pub.pem

vault kv put secret/platform/iam/jwt-keys \
  private_key="$(cat /tmp/key.pem | base64)" \
  public_key="$(cat /tmp/pub.pem | base64)"

shred -u /tmp/key.pem /tmp/pub.pem
