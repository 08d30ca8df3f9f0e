/// What the ledger knows under one key.
package struct LedgerContents: Sendable {
    package var claims: [ClaimRecord]
    package var asks: [Ask]

    package init(claims: [ClaimRecord] = [], asks: [Ask] = []) {
        self.claims = claims
        self.asks = asks
    }
}
