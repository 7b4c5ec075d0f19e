# Filled in by scripts/dist: the version, the sums, and where releases lie.
class Mockvault < Formula
  desc "Vault that tests can command"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license "Apache-2.0"

  depends_on :linux

  on_intel do
    url "@URL@/mockvault-@VERSION@-linux-amd64.tar.gz"
    sha256 "@SHA256_INTEL@"
  end
  on_arm do
    url "@URL@/mockvault-@VERSION@-linux-arm64.tar.gz"
    sha256 "@SHA256_ARM@"
  end

  def install
    bin.install "bin/mockvault"
    man1.install "share/man/man1/mockvault.1"
    bash_completion.install "share/bash-completion/completions/mockvault"
    zsh_completion.install "share/zsh/site-functions/_mockvault"
    fish_completion.install "share/fish/vendor_completions.d/mockvault.fish"
    pkgshare.install Dir["share/mockvault/*"]
    doc.install Dir["share/doc/mockvault/*"]
  end

  test do
    assert_match "Vault v", shell_output("#{bin}/mockvault version")
  end
end
