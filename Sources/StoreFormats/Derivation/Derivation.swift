/// A store derivation: one build, with everything that it depends on.
///
/// Nix and Guix write derivations in the same format, for different stores. A value of this type obeys that format's
/// rules; whether its output paths are the right ones is for ``OutputPathChecker`` to say. Only derivations whose output
/// paths are known beforehand are supported: input-addressed ones and fixed outputs.
/// <https://nix.dev/manual/nix/latest/store/derivation/>
public struct Derivation: Hashable, Sendable {
    /// The name that the names of its output paths begin with: its own store path's name without `.drv`.
    public let name: String

    /// The store that all its paths lie in.
    public let directory: StoreDirectory

    /// What it makes: at least one output, sorted by name.
    public let outputs: [Output]

    /// The outputs of other derivations that the build reads, sorted by path.
    public let inputDerivations: [Input]

    /// The store paths beside them that the build reads, sorted.
    public let inputSources: [StorePath]

    /// The kind of machine that can build it, such as `x86_64-linux`: printable ASCII.
    public let system: String

    /// The program that builds it: a path, or `builtin:` and a name.
    public let builder: ByteString

    /// The program's arguments, without its name.
    public let arguments: [ByteString]

    /// The environment, sorted by name, each name once.
    public let environment: [Variable]

    /// The end of the name of every derivation's store path.
    public static let fileExtension = ".drv"

    /// One output.
    public struct Output: Hashable, Sendable {
        /// The name: `out`, `dev`, ….
        public let name: String
        /// Where it will be.
        public let path: StorePath
        /// For a fixed output how it is hashed (``ContentAddress/Method/flat`` or ``ContentAddress/Method/recursive``)
        /// and what the hash must be.
        public let contentAddress: ContentAddress?

        /// Creates an output.
        public init(name: String, path: StorePath, contentAddress: ContentAddress? = nil) {
            self.name = name
            self.path = path
            self.contentAddress = contentAddress
        }
    }

    /// What is needed of another derivation.
    public struct Input: Hashable, Sendable {
        /// The other derivation.
        public let path: StorePath
        /// The names of the outputs that are needed: at least one, sorted.
        public let outputs: [String]

        /// Creates an input.
        public init(path: StorePath, outputs: [String]) {
            self.path = path
            self.outputs = outputs
        }
    }

    /// A variable of the environment.
    public struct Variable: Hashable, Sendable {
        /// The name.
        public let name: ByteString
        /// The value.
        public let value: ByteString

        /// Creates a variable.
        public init(name: ByteString, value: ByteString) {
            self.name = name
            self.value = value
        }
    }

    /// Puts a derivation together.
    ///
    /// - Parameters:
    ///   - name: The name, without `.drv`.
    ///   - directory: The store of all paths.
    ///   - outputs: At least one, each name once; a fixed output is the only one, and is called `out`.
    ///   - inputDerivations: In any order, each path once.
    ///   - inputSources: In any order, each once.
    ///   - system: Printable ASCII without quotes and backslashes.
    ///   - builder: The program.
    ///   - arguments: Its arguments.
    ///   - environment: In any order, each name once.
    /// - Throws: ``StoreFormatError/Code/invalidDerivation``, ``StoreFormatError/Code/invalidStorePath``,
    ///   ``StoreFormatError/Code/wrongStoreDirectory``, ``StoreFormatError/Code/unsupportedDerivation``.
    public init(
        name: String, directory: StoreDirectory = .nix, outputs: [Output], inputDerivations: [Input] = [],
        inputSources: [StorePath] = [], system: String, builder: ByteString, arguments: [ByteString] = [],
        environment: [Variable] = []
    ) throws(StoreFormatError) {
        try self.init(
            sorted: name, directory: directory, outputs: outputs.sorted { $0.name < $1.name },
            inputDerivations: inputDerivations.map { Input(path: $0.path, outputs: $0.outputs.sorted()) }
                .sorted { $0.path < $1.path },
            inputSources: inputSources.sorted(), system: system, builder: builder, arguments: arguments,
            environment: environment.sorted { $0.name < $1.name })
    }

    /// Puts a derivation together from what must be in order already.
    init(
        sorted name: String, directory: StoreDirectory, outputs: [Output], inputDerivations: [Input],
        inputSources: [StorePath], system: String, builder: ByteString, arguments: [ByteString],
        environment: [Variable]
    ) throws(StoreFormatError) {
        self.name = name
        self.directory = directory
        self.outputs = outputs
        self.inputDerivations = inputDerivations
        self.inputSources = inputSources
        self.system = system
        self.builder = builder
        self.arguments = arguments
        self.environment = environment
        try validate()
    }
}

extension Derivation {
    /// Whether it is a fixed output: what it makes is known by its hash beforehand, so that it may use the network.
    public var isFixed: Bool { outputs.contains { $0.contentAddress != nil } }

    /// Whether its builder is a part of the package manager.
    public var isBuiltin: Bool { builder.bytes.starts(with: "builtin:".utf8) }

    /// The output of a name.
    public func output(named name: String) -> Output? {
        outputs.first { $0.name == name }
    }

    /// The value of a variable of the environment.
    public func value(of name: String) -> ByteString? {
        // A search by halves: the environment is sorted, and has some hundred variables in large packages.
        let key = ByteString(name)
        var low = 0
        var high = environment.count
        while low < high {
            let middle = (low + high) / 2
            if environment[middle].name < key { low = middle + 1 } else { high = middle }
        }
        guard low < environment.count, environment[low].name == key else { return nil }
        return environment[low].value
    }

    /// The name of an output's store path: the derivation's name, with `-` and the output's name behind it unless that
    /// is `out`.
    public static func outputPathName(derivation: String, output: String) -> String {
        output == "out" ? derivation : "\(derivation)-\(output)"
    }
}
