internal import GRDB

/// The tables, one migration for each change that was ever released.
enum SQLiteSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 paths") { db in
            // References are the row's numbers of other paths, packed: a closure of 100,000 paths then reads 100,000
            // rows and not a million. AUTOINCREMENT: a number is never given twice, so that none comes to mean another.
            try db.execute(
                sql: """
                    CREATE TABLE path (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        path TEXT NOT NULL UNIQUE,
                        refs BLOB NOT NULL,
                        narHash BLOB NOT NULL,
                        narSize INTEGER NOT NULL,
                        deriver TEXT,
                        contentAddress TEXT,
                        origin TEXT NOT NULL,
                        registeredAt INTEGER NOT NULL,
                        signatures TEXT
                    ) STRICT
                    """)
            try db.execute(sql: "CREATE INDEX pathDeriver ON path (deriver) WHERE deriver IS NOT NULL")
        }
        return migrator
    }
}
