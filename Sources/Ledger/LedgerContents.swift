/// What the ledger knows under one key.
package struct LedgerContents: Sendable {
    package var claims: [ClaimRecord]
    package var asks: [Ask]
    /// Whether there are rows that cannot be read. What is received again takes their place.
    package var hasDamage: Bool

    package init(claims: [ClaimRecord] = [], asks: [Ask] = [], hasDamage: Bool = false) {
        self.claims = claims
        self.asks = asks
        self.hasDamage = hasDamage
    }
}
