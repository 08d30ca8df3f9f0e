internal import GRDB

/// The tables, one migration for each change that was ever released.
enum SQLiteSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 claims, asks, verdicts") { db in
            // Evidence stands in the row: it is as small as the row's other fields and belongs to it alone. It is the
            // last column, so that reading claims does not touch it.
            try db.execute(
                sql: """
                    CREATE TABLE claim (
                        id INTEGER PRIMARY KEY,
                        lookup TEXT NOT NULL,
                        identity BLOB NOT NULL,
                        claim BLOB NOT NULL,
                        firstSeen INTEGER NOT NULL,
                        lastSeen INTEGER NOT NULL,
                        seal BLOB,
                        contentAddressed INTEGER NOT NULL,
                        evidence BLOB NOT NULL
                    ) STRICT
                    """)
            // Rows of a kilobyte belong into a table that grows at its end, with the index beside it.
            try db.execute(sql: "CREATE UNIQUE INDEX claimIdentity ON claim (lookup, identity)")
            try db.execute(
                sql: """
                    CREATE TABLE ask (
                        lookup TEXT NOT NULL,
                        source TEXT NOT NULL,
                        askedAt INTEGER NOT NULL,
                        answer TEXT NOT NULL,
                        reason TEXT NOT NULL,
                        PRIMARY KEY (lookup, source)
                    ) STRICT, WITHOUT ROWID
                    """)
            try db.execute(
                sql: """
                    CREATE TABLE verdict (
                        id INTEGER PRIMARY KEY,
                        subject TEXT NOT NULL,
                        policy BLOB NOT NULL,
                        word TEXT NOT NULL,
                        outcome BLOB,
                        decidedAt INTEGER NOT NULL
                    ) STRICT
                    """)
            try db.execute(sql: "CREATE INDEX verdictSubject ON verdict (subject, policy, id)")
        }
        migrator.registerMigration("2 positions in logs") { db in
            try db.execute(
                sql: """
                    CREATE TABLE logPosition (
                        log TEXT NOT NULL,
                        builder TEXT NOT NULL,
                        next INTEGER NOT NULL,
                        PRIMARY KEY (log, builder)
                    ) STRICT, WITHOUT ROWID
                    """)
        }
        migrator.registerMigration("3 evidence in blocks, names as numbers") { db in
            try ClaimMigration(db).run()
        }
        return migrator
    }
}
