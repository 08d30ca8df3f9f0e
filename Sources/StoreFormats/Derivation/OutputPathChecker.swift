/// Computes the output paths of derivations anew, and says which of the stated ones are wrong.
///
/// A derivation's output paths follow from its own contents and from those of all derivations below it. Whoever builds
/// or trusts a derivation that came from elsewhere must check them: a wrong path would let one build write what stands
/// for another. What was checked is remembered as one hash each, so that many derivations that share inputs are checked
/// in one walk. The walk does not recurse, however deep the derivations are.
public struct OutputPathChecker {
    /// The most derivations that are remembered. A whole package collection has less than 200,000 of them.
    public static let maximumCount = 1 << 20

    /// What is remembered of a derivation.
    private struct Known {
        let hash: ContentHash
        let outputs: [String]
        /// Whether nothing is wrong with it, nor with anything below it.
        let isSound: Bool
        /// An input with which, or below which, something is wrong.
        let unsoundInput: StorePath?
        /// The number of the call in which it was checked.
        let call: Int
    }

    private var known: [StorePath: Known] = [:]
    private var mismatches: [StorePath: [Mismatch]] = [:]
    private var call = 0

    /// Creates a checker that knows nothing yet.
    public init() {}

    /// How many derivations were checked.
    public var checkedCount: Int { known.count }

    /// Checks a derivation, and every one below it that was not checked before.
    ///
    /// - Parameters:
    ///   - path: The derivation's path.
    ///   - load: Gives the derivation that lies at a path. It is called once for each that was not checked before.
    /// - Returns: What is wrong; nothing when all is right. Derivations below that were found wrong in an earlier call
    ///   are named again, as the inputs that they are.
    /// - Throws: What `load` throws, ``StoreFormatError/Code/invalidDerivation`` for a cycle,
    ///   ``StoreFormatError/Code/limitExceeded``.
    public mutating func check(
        _ path: StorePath, load: (StorePath) throws -> Derivation
    ) throws -> [Mismatch] {
        if let before = known[path] {
            if before.isSound { return [] }
            let own = mismatches[path] ?? []
            guard own.isEmpty, let input = before.unsoundInput else { return own }
            return [Mismatch(derivation: path, kind: .unsoundInput(input))]
        }
        call += 1
        var found: [Mismatch] = []
        var stack: [(path: StorePath, derivation: Derivation, next: Int)] = []
        // What is on the stack: a derivation below itself would be a cycle.
        var open: Set<StorePath> = [path]
        stack.append((path, try load(path), 0))
        while let (path, derivation, next) = stack.last {
            let rest = derivation.inputDerivations[next...]
            if let index = rest.firstIndex(where: { known[$0.path] == nil }) {
                let input = rest[index].path
                stack[stack.count - 1].next = index + 1
                guard open.insert(input).inserted else {
                    throw StoreFormatError(.invalidDerivation, "derivation \(input) depends on itself")
                }
                stack.append((input, try load(input), 0))
                continue
            }
            guard known.count < OutputPathChecker.maximumCount else {
                throw StoreFormatError(
                    .limitExceeded, "more than \(OutputPathChecker.maximumCount) derivations to check")
            }
            found += try settle(path, derivation)
            open.remove(path)
            stack.removeLast()
        }
        return found
    }

    /// The hash that stands for a derivation where others that need it are hashed.
    ///
    /// The derivation is checked like any other, but what is wrong with it is left to ``check(_:load:)`` to say.
    ///
    /// - Throws: What ``check(_:load:)`` throws.
    public mutating func hashModulo(
        of path: StorePath, load: (StorePath) throws -> Derivation
    ) throws -> ContentHash {
        _ = try check(path, load: load)
        return try knownHash(path)
    }

    /// Checks one derivation whose inputs are all known, and remembers it.
    private mutating func settle(_ path: StorePath, _ derivation: Derivation) throws -> [Mismatch] {
        var wrong: [Mismatch.Kind] = []
        let ownPath = try derivation.storePath()
        if ownPath != path { wrong.append(.derivationPath(computed: ownPath)) }
        let computed = try derivation.computedOutputPaths(inputs: knownHash)
        for (output, expected) in zip(derivation.outputs, computed) {
            if output.path != expected {
                wrong.append(.outputPath(output.name, stated: output.path, computed: expected))
            }
            let value = derivation.value(of: output.name)
            if value != ByteString(expected.path) {
                wrong.append(.environment(output.name, stated: value, expected: expected))
            }
        }
        var unsoundInput: StorePath?
        for input in derivation.inputDerivations {
            guard let other = known[input.path] else { continue }
            for name in input.outputs where !other.outputs.contains(name) {
                wrong.append(.missingInputOutput(input: input.path, name))
            }
            guard !other.isSound else { continue }
            unsoundInput = unsoundInput ?? input.path
            if other.call != call { wrong.append(.unsoundInput(input.path)) }
        }
        let found = wrong.map { Mismatch(derivation: path, kind: $0) }
        if !found.isEmpty { mismatches[path] = found }
        known[path] = Known(
            hash: try derivation.hashModulo(inputs: knownHash, masksOutputs: false),
            outputs: derivation.outputs.map(\.name), isSound: unsoundInput == nil && found.isEmpty,
            unsoundInput: unsoundInput, call: call)
        return found
    }

    private func knownHash(_ path: StorePath) throws(StoreFormatError) -> ContentHash {
        guard let known = known[path] else {
            throw StoreFormatError(.invalidDerivation, "derivation \(path) was not checked before those that need it")
        }
        return known.hash
    }
}

extension OutputPathChecker {
    /// Something that is wrong with a derivation.
    public struct Mismatch: Hashable, Sendable {
        /// The derivation.
        public let derivation: StorePath
        /// What is wrong.
        public let kind: Kind

        /// What can be wrong.
        public enum Kind: Hashable, Sendable {
            /// The derivation lies at another path than its contents give.
            case derivationPath(computed: StorePath)
            /// An output's path is not the one that follows from the derivation.
            case outputPath(String, stated: StorePath, computed: StorePath)
            /// The variable that tells the builder an output's path is missing, or says something else.
            case environment(String, stated: ByteString?, expected: StorePath)
            /// An output is needed of an input that does not have it.
            case missingInputOutput(input: StorePath, String)
            /// A derivation below was found to be wrong before.
            case unsoundInput(StorePath)
        }
    }
}

extension OutputPathChecker.Mismatch: CustomStringConvertible {
    /// One line for a person.
    public var description: String {
        switch kind {
        case .derivationPath(let computed):
            "\(derivation): its contents belong at \(computed)"
        case .outputPath(let name, let stated, let computed):
            "\(derivation): output \(name) is said to be \(stated), and must be \(computed)"
        case .environment(let name, nil, let expected):
            "\(derivation): variable \(name) is missing, and must be \(expected)"
        case .environment(let name, let stated?, let expected):
            "\(derivation): variable \(name) is \(stated), and must be \(expected)"
        case .missingInputOutput(let input, let name):
            "\(derivation): needs output \(name) of \(input), which has no such output"
        case .unsoundInput(let input):
            "\(derivation): a derivation below it is wrong, through \(input)"
        }
    }
}
