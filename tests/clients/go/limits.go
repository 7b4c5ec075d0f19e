// Rate limits and the catalogue of plugins, as the Go client meets them.
package main

import (
	"fmt"
	"net/http"

	"github.com/hashicorp/vault/api"
)

// limits: a refusal is a ResponseError of 429, and it goes with its rule.
func limits(c *api.Client) error {
	const rule = "sys/quotas/rate-limit/go"
	if _, err := c.Logical().Write(rule, map[string]interface{}{
		"path": "cubbyhole/", "rate": 1, "interval": "1h",
	}); err != nil {
		return err
	}
	read, err := c.Logical().Read(rule)
	if err != nil {
		return err
	}
	_, allowed := c.Logical().Read("cubbyhole/a")
	_, denied := c.Logical().Read("cubbyhole/a")
	if _, err := c.Logical().Delete(rule); err != nil {
		return err
	}
	_, freed := c.Logical().Read("cubbyhole/a")
	return first(want("rate", fmt.Sprint(read.Data["rate"]), "1"),
		want("path", read.Data["path"], "cubbyhole/"), allowed,
		status(denied, http.StatusTooManyRequests), freed)
}

func plugins(c *api.Client) error {
	all, err := c.Sys().ListPlugins(&api.ListPluginsInput{})
	if err != nil {
		return err
	}
	one, err := c.Sys().GetPlugin(&api.GetPluginInput{
		Name: "kv", Type: api.PluginTypeSecrets})
	if err != nil {
		return err
	}
	missing := c.Sys().RegisterPlugin(&api.RegisterPluginInput{
		Name: "mine", Type: api.PluginTypeSecrets})
	_, reloaded := c.Sys().ReloadPlugin(
		&api.ReloadPluginInput{Plugin: "kv"})
	return first(want("builtin", one.Builtin, true),
		want("plugins", len(all.PluginsByType) > 0, true),
		status(missing, http.StatusBadRequest), reloaded)
}
