extension EdwardsKeyRing {
    /// What the ring knows of keys, without its lock.
    struct State {
        private struct Holder {
            let key: EdwardsPublicKey
            var lastUse: UInt64
        }

        /// Counts uses of all keys, as a clock.
        private var clock: UInt64 = 0
        private var holders: [Words256: Holder] = [:]
        /// Uses of keys that have no table.
        private var uses: [Words256: Int] = [:]
        /// Keys whose table somebody is making.
        private var underway: Set<Words256> = []
    }
}

extension EdwardsKeyRing.State {
    /// How many keys have a table.
    var keyCount: Int { holders.count }

    /// The key if it has a table, and else whether the caller is to make one.
    mutating func use(_ name: Words256) -> (known: EdwardsPublicKey?, isDue: Bool) {
        clock += 1
        if let index = holders.index(forKey: name) {
            holders.values[index].lastUse = clock
            return (holders.values[index].key, false)
        }
        if uses.count >= EdwardsKeyRing.maximumCountedKeys { uses = [:] }
        let count = uses[name, default: 0] + 1
        guard count >= EdwardsKeyRing.usesBeforeTable else {
            uses[name] = count
            return (nil, false)
        }
        // It is asked for anew after as many uses more, should there be no room now, or no such point.
        uses[name] = nil
        guard !underway.contains(name), makeRoom() else { return (nil, false) }
        underway.insert(name)
        return (nil, true)
    }

    /// Keeps a table that was made, or forgets that it was to be made of what is no point.
    mutating func finish(_ name: Words256, _ key: EdwardsPublicKey?) {
        underway.remove(name)
        if let key { holders[name] = Holder(key: key, lastUse: clock) }
    }

    /// Whether one more table fits, after taking away the one that was not used for the longest time if it is stale.
    private mutating func makeRoom() -> Bool {
        if holders.count + underway.count < EdwardsKeyRing.maximumKeyCount { return true }
        guard let oldest = holders.min(by: { $0.value.lastUse < $1.value.lastUse }),
            clock - oldest.value.lastUse > EdwardsKeyRing.checksUntilStale
        else { return false }
        holders[oldest.key] = nil
        return true
    }
}
