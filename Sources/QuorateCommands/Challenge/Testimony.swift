internal import ClaimSources
internal import Quorum

/// What one source says that a store path holds.
struct Testimony: Sendable {
    /// Who says it.
    enum Source: Hashable, Sendable {
        /// A store of this machine.
        case local(LocalBuild.Witness)
        /// A server, by the policy's name for it and its address.
        case server(name: String, address: String)
        /// A builder in its log, or this machine's own builder in the ledger.
        case builder(name: String, address: String)
        /// The path, which is computed from what it holds.
        case path
    }

    /// Whose word it is: who has no voice of their own is compared with, and makes no agreement.
    enum Standing: Hashable, Sendable {
        /// This machine built it.
        case builtHere
        /// Its derivation was built here after it was there, and it stayed. Whether it is a build too is not known.
        case builtAgain(String)
        /// A copy that came from others, and how that is known.
        case copied(String)
        /// These parties of the policy signed it.
        case signed([String])
        /// Nobody who is known signed it, or it does not count, and why.
        case unsigned(String)
        /// The path commits to it.
        case proven
    }

    /// Where the contents can be read.
    enum Contents: Sendable {
        case files(String)
        case downloads([NarDownload])
    }

    let source: Source
    let outcome: StorePathOutcome
    let standing: Standing
    /// Nil where nobody has said where they are.
    var contents: Contents?
    var remarks: [String] = []

    /// Who vouches for it. Equal voices are one: two servers that hand out what one key signed have not looked twice.
    func voices(countingUnsigned: Bool) -> [String] {
        switch standing {
        // Guix says loudly when a check gives something else.
        case .builtHere, .builtAgain: return ["this machine"]
        case .copied: return []
        case .signed(let parties): return parties
        case .proven: return ["the path itself"]
        case .unsigned:
            guard countingUnsigned, case .server(_, let address) = source else { return [] }
            return [address]
        }
    }
}

extension Testimony.Source {
    /// For people.
    var name: String {
        switch self {
        case .local(let witness): witness.rawValue
        case .server(let name, _), .builder(let name, _): name
        case .path: "the path itself"
        }
    }

    /// Where it was read; nil for what is on this machine.
    var address: String? {
        switch self {
        case .server(_, let address), .builder(_, let address): address
        case .local, .path: nil
        }
    }

    /// For programs.
    var kind: String {
        switch self {
        case .local: "local"
        case .server: "server"
        case .builder: "builder"
        case .path: "path"
        }
    }
}

extension Testimony {
    /// Whose word it is, for people.
    func words(countingUnsigned: Bool) -> String {
        switch standing {
        case .builtHere: "built here"
        case .builtAgain: "its derivation built here again since (guix build --check)"
        case .copied(let how): how
        case .signed([source.name]): "signed"
        case .signed(let parties): "signed by \(parties.joined(separator: ", "))"
        case .unsigned(let why):
            voices(countingUnsigned: countingUnsigned).isEmpty
                ? "does not count: \(why)" : "counted by --unsigned: \(why)"
        case .proven: "what the path is computed from"
        }
    }
}

extension Testimony.Standing {
    /// For programs.
    var word: String {
        switch self {
        case .builtHere: "built-here"
        case .builtAgain: "built-again"
        case .copied: "copied"
        case .signed: "signed"
        case .unsigned: "unsigned"
        case .proven: "proven"
        }
    }
}
