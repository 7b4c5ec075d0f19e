# formula.rb FORMULA PREFIX: Homebrew's words, as far as ours says them, over the
# unpacked archive in the working folder.
require "fileutils"
require "pathname"

class Pathname
  def install(*what)
    mkpath
    what.flatten.each { |from| FileUtils.cp_r(from, self) }
  end
end

class Formula
  class << self
    def on_intel
      yield
    end

    def on_arm
      yield
    end

    %w[desc homepage version license depends_on url sha256 test].each do |word|
      define_method(word) { |*| }
    end
  end

  %w[bin bash_completion zsh_completion fish_completion pkgshare doc].each do |name|
    define_method(name) { Pathname(ARGV[1]) / name }
  end

  def man1
    Pathname(ARGV[1]) / "man/man1"
  end
end

load ARGV[0]
Mockvault.new.install
