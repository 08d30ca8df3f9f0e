internal import Quorum

/// A policy file to begin with, made from what the package managers on this machine trust today.
///
/// It counts the same keys as they do, in a quorum where one signature was enough before, and says in a comment what
/// that is worth and what was left out.
package struct PolicyProposal: Sendable, Hashable {
    /// How hard to serve with it, as `quorate serve --mode` spells it.
    package enum Mode: String, Sendable, Hashable, CaseIterable {
        case observe
        case warn
        case enforce
    }

    /// The policy file, comment first.
    package let text: String
    /// The hardest mode that makes sense at first, for all of the policy.
    package let mode: Mode

    /// Proposes a policy.
    ///
    /// - Parameters:
    ///   - nix: the settings of Nix, when it is set up here.
    ///   - guix: the settings of Guix, when it is set up here.
    package init(nix: NixConfiguration? = nil, guix: GuixConfiguration? = nil) {
        var names = ProposedNames()
        var sections: [Section] = []
        if let guix {
            sections.append(Section(scope: .guix, group: "farms", from: ProposedCaches(guix: guix), naming: &names))
        }
        if let nix {
            sections.append(Section(scope: .nix, group: "nixers", from: ProposedCaches(nix: nix), naming: &names))
        }
        mode = sections.map(\.mode).min { $0.caution > $1.caution } ?? .observe
        var comment = [
            "Quorate's policy: whose builds count, and how many of them must agree.",
            "Proposed from the settings of this machine; from here on it is yours to edit.",
        ]
        if sections.isEmpty { comment += ["", "Neither Nix nor Guix is set up here, so nothing is proposed."] }
        for section in sections { comment += [""] + section.remarks }
        comment += ["", "Serve with --mode \(mode.rawValue) at first."]
        let lines = comment.map { $0.isEmpty ? "#" : "# \(Self.printable($0))" }
        text = (lines + sections.flatMap { [""] + $0.statements }).joined(separator: "\n") + "\n"
    }

    /// Settings are anybody's text: a comment must neither be able to end its line nor be longer than a policy's lines.
    private static func printable(_ text: String) -> String {
        let text = String(text.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? Character($0) : "?" })
        return text.utf8.count <= commentLimit ? text : text.prefix(commentLimit) + "..."
    }

    /// Bytes of a remark: some addresses and keys in full.
    private static let commentLimit = PolicyLimits.lineBytes / 2
}

extension PolicyProposal.Mode {
    fileprivate var caution: Int {
        switch self {
        case .observe: 2
        case .warn: 1
        case .enforce: 0
        }
    }
}

/// Names for the policy's lines, each given out once.
struct ProposedNames {
    /// Words of the grammar, which would read badly as names.
    private var taken: Set<String> = ["all", "any", "built", "builds", "none", "contradictable", "farms", "nixers"]

    mutating func unique(_ wanted: String) -> String {
        var name = wanted
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(wanted)-\(number)"
            number += 1
        }
        return name
    }
}

extension PolicyProposal {
    /// The lines for one package manager.
    fileprivate struct Section {
        var statements: [String] = []
        var remarks: [String] = []
        let mode: Mode

        init(scope: Scope, group: String, from proposed: ProposedCaches, naming names: inout ProposedNames) {
            let title = scope == .nix ? "Nix" : "Guix"
            let caches = proposed.caches.map { (cache: $0, name: names.unique($0.wantedName)) }
            for (cache, name) in caches {
                let builds = cache.builds ? ["builds"] : []
                statements.append(
                    (["cache", name, cache.kind.rawValue, cache.key] + cache.urls + builds).joined(separator: " "))
            }
            let voters = Self.voters(of: caches, statements: &statements, naming: &names)
            let threshold = max(min(2, voters.count), voters.count / 2 + 1)
            if !voters.isEmpty {
                statements.append("group \(group) \(threshold) \(voters.joined(separator: " "))")
                statements.append("quorum \(scope.rawValue) \(group)")
            }
            switch voters.count {
            case 0:
                mode = .observe
                remarks.append(
                    "\(title): no key is trusted that could be counted, so nothing of it can become quorate.")
            case 1:
                mode = .observe
                remarks.append(
                    "\(title): only one voter (\(voters[0])). One of one is no agreement: it is the trust you have "
                        + "today, written down. Observe with it, and add a builder who is independent of the first.")
            default:
                mode = caches.allSatisfy(\.cache.builds) ? .enforce : .warn
                remarks.append(
                    "\(title): \(threshold) of \(voters.count) must agree on hash, size and references: "
                        + "\(voters.joined(separator: ", ")).")
            }
            if caches.contains(where: { !$0.cache.builds }) {
                remarks.append(
                    "\(title): a cache without the word builds may have copied what it signs, so all of them are one "
                        + "voter. Add builds to one, and take it out of the party, only if you know that its operator "
                        + "built everything that its key signs.")
            }
            remarks += proposed.leftOut.map { "\(title), note: \($0)" }
        }

        /// The parties that can vote apart from each other: each farm, with all of its keys, and everyone who may copy
        /// as one more.
        private static func voters(
            of caches: [(cache: ProposedCache, name: String)], statements: inout [String],
            naming names: inout ProposedNames
        ) -> [String] {
            var voters: [String] = []
            var hosts: [String] = []
            for (cache, _) in caches where cache.builds {
                if let host = cache.host, !hosts.contains(host) { hosts.append(host) }
            }
            for host in hosts {
                let keys = caches.filter { $0.cache.host == host }.map(\.name)
                voters.append(party(keys, called: "\(keys[0])-keys", statements: &statements, naming: &names))
            }
            let copies = caches.filter { !$0.cache.builds }.map(\.name)
            if !copies.isEmpty {
                voters.append(party(copies, called: "copies", statements: &statements, naming: &names))
            }
            return voters
        }

        private static func party(
            _ keys: [String], called wanted: String, statements: inout [String], naming names: inout ProposedNames
        ) -> String {
            guard keys.count > 1 else { return keys[0] }
            let name = names.unique(wanted)
            statements.append("party \(name) \(keys.joined(separator: " "))")
            return name
        }
    }
}
