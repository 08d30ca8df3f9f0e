package import StoreFormats

extension BuildFailure {
    /// What happened in words, some lines where paths are listed, without the log.
    package func message(for derivation: StorePath) -> String {
        switch kind {
        case .exited(let status): "builder for '\(derivation)' failed with exit code \(status)"
        case .signalled(let signal): "builder for '\(derivation)' failed due to signal \(signal)"
        case .timedOut(let seconds): "building '\(derivation)' took longer than \(seconds) seconds"
        case .silent(let seconds): "building '\(derivation)' printed nothing for \(seconds) seconds"
        case .logTooLarge(let bytes): "builder for '\(derivation)' wrote more than \(bytes) bytes of log"
        case .outOfMemory(let bytes):
            "builder for '\(derivation)' was killed: it needs more than \(bytes) bytes of memory, the limit of a build here"
        case .missingOutput(let name, let path):
            "builder for '\(derivation)' failed to produce output path for output '\(name)' at '\(path)'"
        case .hashMismatch(let specified, let got):
            """
            hash mismatch in fixed-output derivation '\(derivation)':
              specified: \(specified.spelled(.sri))
              got:       \(got.spelled(.sri))
            """
        case .notFlat(let path):
            "output '\(path)' must be a regular file that is not executable, because its hash is flat"
        case .fixedOutputReferences(let path, let references):
            "fixed output '\(path)' must not refer to store paths, and refers to:\(Self.list(references))"
        case .forbiddenReferences(let path, let references):
            "output '\(path)' is not allowed to refer to the following paths:\(Self.list(references))"
        case .outputTooLarge(let path, let size, let limit):
            "output '\(path)' is too large: \(size) bytes, the limit is \(limit)"
        case .closureTooLarge(let path, let size, let limit):
            "closure of output '\(path)' is too large: \(size) bytes, the limit is \(limit)"
        case .outputCycle(let paths): "outputs of '\(derivation)' refer to each other in a cycle:\(Self.list(paths))"
        case .refusedOutput(let path, let why): "output '\(path)' is refused: \(why)"
        case .download(let why): "'\(derivation)' could not be downloaded: \(why)"
        case .dependency(let path): "'\(derivation)' needs '\(path)', which could not be had"
        case .unknownInput(let path):
            "'\(derivation)' needs '\(path)', which is in no store or cache and which no known derivation makes"
        case .notBuildableHere(let why), .notSupported(let why): "'\(derivation)' cannot be built here: \(why)"
        case .invalidAttribute(let why): "'\(derivation)': \(why)"
        case .cannotExecute(let why): "builder for '\(derivation)' could not be started: \(why)"
        case .machine(let why): "'\(derivation)' could not be built: \(why)"
        case .cancelled: "building '\(derivation)' was cancelled"
        }
    }

    private static func list(_ paths: [StorePath]) -> String { paths.map { "\n  \($0)" }.joined() }
}
