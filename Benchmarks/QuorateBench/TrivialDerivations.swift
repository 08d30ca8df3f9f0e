import FoundationEssentials
import StoreFormats

/// Derivations whose builders do next to nothing, written and built by nix in a store of its own.
struct TrivialDerivations {
    let bench: Bench
    private static let store = "build/nix"
    private static let userland = "build/userland"

    private static let expression = """
        { userland, count ? 1, files ? 0, salt }:
        let
          tools = builtins.path { path = /. + userland; name = "userland"; };
          make = name: script: derivation {
            inherit name salt;
            system = builtins.currentSystem;
            builder = "${tools}/bash";
            args = [ "-euc" script ];
          };
          large = ''
            echo "clock $EPOCHREALTIME"
            for ((folder = 0; folder < ${toString (files / 200)}; folder++)); do
              ${tools}/busybox mkdir -p $out/$folder
              for ((file = 0; file < 200; file++)); do
                echo "$folder $file $salt ${tools}" > $out/$folder/$file
              done
            done
            echo "clock $EPOCHREALTIME"
          '';
        in
        if files > 0 then [ (make "large" large) ]
        else builtins.genList (i: make "trivial-${toString i}" "echo ${toString i} $salt > $out") count
        """

    init(bench: Bench) throws {
        self.bench = bench
        let work = bench.work
        try work.make(Self.userland)
        for (name, file) in [("bash", "/bin/bash-static"), ("busybox", "/bin/busybox")] {
            guard !work.exists("\(Self.userland)/\(name)") else { continue }
            try FileManager.default.copyItem(atPath: file, toPath: work.path("\(Self.userland)/\(name)"))
        }
        try work.write(Self.expression, to: "build/derivations.nix")
    }

    /// Paths of derivations that have never been built, each writing one line.
    func make(_ count: Int, salt: String) throws -> [String] {
        try instantiate(["--arg", "count", String(count), "--argstr", "salt", salt])
    }

    /// A derivation whose output has many small files, each with a reference.
    func makeLarge(files: Int, salt: String) throws -> String {
        guard let path = try instantiate(["--arg", "files", String(files), "--argstr", "salt", salt]).first else {
            throw BenchError("nix-instantiate printed nothing")
        }
        return path
    }

    private func instantiate(_ arguments: [String]) throws -> [String] {
        let command = bench.nix.command(
            [
                "nix-instantiate", "--store", bench.work.path(Self.store), bench.work.path("build/derivations.nix"),
                "--argstr", "userland", bench.work.path(Self.userland),
            ] + arguments)
        return try command.require(in: bench.work).output.split(separator: "\n")
            .map { String($0.prefix { $0 != "!" }) }
    }

    /// Builds with nix, in its sandbox.
    func realise(_ derivations: [String]) throws -> Command.Result {
        try nixStore(
            ["--option", "sandbox", "true", "--option", "sandbox-fallback", "false", "--realise"] + derivations
        )
        .require(in: bench.work)
    }

    func nixStore(_ arguments: [String]) -> Command {
        bench.nix.command(["nix-store", "--store", bench.work.path(Self.store)] + arguments)
    }

    /// Where something of the store really is.
    func realPath(_ storePath: String) -> String { bench.work.path(Self.store) + storePath }

    /// The paths that all derivations start from.
    func sources() throws -> [String] {
        guard let any = try make(1, salt: "sources").first else { return [] }
        return try nixStore(["--query", "--references", any]).require(in: bench.work).output
            .split(separator: "\n").map(String.init)
    }
}
