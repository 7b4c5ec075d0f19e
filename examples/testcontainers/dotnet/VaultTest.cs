using System.Net;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using Xunit;

/* There is no module for Vault: this is the generic container, told what the
 * other languages' modules say. */
public sealed class VaultTest : IAsyncLifetime
{
    /* The one line that differs from a test with Vault's image. */
    private const string Image = "mockvault";

    private readonly IContainer _vault = new ContainerBuilder(Image)
        .WithEnvironment("VAULT_DEV_ROOT_TOKEN_ID", "root")
        .WithEnvironment("VAULT_TOKEN", "root")
        .WithPortBinding(8200, true)
        .WithWaitStrategy(Wait.ForUnixContainer().UntilHttpRequestIsSucceeded(
            request => request.ForPort(8200).ForPath("/v1/sys/health")))
        .Build();

    public async Task InitializeAsync()
    {
        await _vault.StartAsync();
        await Type("vault", "kv", "put", "secret/app", "password=hunter2");
    }

    public Task DisposeAsync() => _vault.DisposeAsync().AsTask();

    private async Task Type(params string[] words)
    {
        var done = await _vault.ExecAsync(words);
        Assert.True(done.ExitCode == 0, done.Stdout + done.Stderr);
    }

    private async Task<HttpStatusCode> Read()
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("X-Vault-Token", "root");
        var address = new UriBuilder("http", _vault.Hostname,
            _vault.GetMappedPublicPort(8200), "/v1/secret/data/app").Uri;
        return (await client.GetAsync(address)).StatusCode;
    }

    [Fact]
    public async Task SealedForAWhile()
    {
        Assert.Equal(HttpStatusCode.OK, await Read());
        await Type("mockvault", "ctl", "outage", "sealed");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Read());
        await Type("mockvault", "ctl", "outage", "off", "sealed");
        Assert.Equal(HttpStatusCode.OK, await Read());
    }
}
