using FluentMigrator;
using FluentMigrator.Builders.Create.Table;
using FluentMigrator.Infrastructure;

namespace ForecastEngine.Storage.Migrations;

/// <summary>
/// The column types of the schema, the same in meaning on both databases. Text compares byte by byte. An instant is the
/// number of microseconds since 1970-01-01 UTC. An amount is exact: <c>numeric</c> in PostgreSQL; in SQLite, which has no
/// decimal, its invariant text (sum() reads it as a number; sort by <c>CAST(… AS REAL)</c>). A date is <c>date</c>, in SQLite ISO text.
/// </summary>
public abstract class EngineMigration : Migration
{
    private bool IsPostgreSql { get; set; }

    public override void GetUpExpressions(IMigrationContext context)
    {
        IsPostgreSql = context.QuerySchema.DatabaseType.StartsWith("Postgre", StringComparison.OrdinalIgnoreCase);
        base.GetUpExpressions(context);
    }

    protected string Text => IsPostgreSql ? "text COLLATE \"C\"" : "TEXT";
    protected string Instant => IsPostgreSql ? "bigint" : "INTEGER";
    protected string Whole => IsPostgreSql ? "integer" : "INTEGER";
    protected string Amount => IsPostgreSql ? "numeric" : "TEXT";
    protected string Real => IsPostgreSql ? "double precision" : "REAL";
    protected string Date => IsPostgreSql ? "date" : "TEXT";
    protected string Key => IsPostgreSql ? "bytea" : "BLOB";
    protected string Flag => IsPostgreSql ? "boolean" : "INTEGER";

    /// <summary>Adds columns of one type; a name that ends in <c>?</c> may be null.</summary>
    protected static ICreateTableWithColumnSyntax Add(ICreateTableWithColumnSyntax table, string type, params string[] names)
    {
        foreach (var name in names)
        {
            var column = table.WithColumn(name.TrimEnd('?')).AsCustom(type);
            table = name.EndsWith('?') ? column.Nullable() : column.NotNullable();
        }
        return table;
    }

    /// <summary>A table whose primary key has one column.</summary>
    protected ICreateTableWithColumnSyntax Table(string name, string key, string keyType) =>
        Create.Table(name).WithColumn(key).AsCustom(keyType).NotNullable().PrimaryKey($"pk_{name}");

    public override void Down() => throw new NotSupportedException("schema: found a request to go back; expected none, since history would be lost. Restore a backup instead.");
}
