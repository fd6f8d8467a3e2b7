using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

public sealed class StorageOptionsTests
{
    [Theory]
    [InlineData("sqlite:forecast.db", "SQLite /srv/forecast.db")]
    [InlineData("sub/forecast.db", "SQLite /srv/sub/forecast.db")]
    [InlineData("sqlite:/var/x=1.db", "SQLite /var/x=1.db")]
    [InlineData("postgresql://me:p%40ss;word@db.example:5433/sales?sslmode=require", "PostgreSQL db.example:5433/sales")]
    [InlineData("postgres://db/sales", "PostgreSQL db:5432/sales")]
    [InlineData(" Host=db;Database=sales;Username=me;Password=secret ", "PostgreSQL db:5432/sales")]
    public void A_setting_names_a_database(string setting, string expected) => Assert.Equal(expected, StorageOptions.Parse(setting, "/srv").ToString());

    [Theory]
    [InlineData("")]
    [InlineData("sqlite:")]
    [InlineData("mysql://me:secret@db/sales")]
    [InlineData("Host=db;Password=secret")]
    [InlineData("Host=db;Database=x;Pasword=secret")]
    [InlineData("postgresql://me:secret@db")]
    [InlineData("postgresql://me:secret@db/x?nonsense=secret")]
    public void A_setting_that_cannot_be_read_is_refused_without_showing_it(string setting)
    {
        var fault = Assert.Throws<StorageException>(() => StorageOptions.Parse(setting, "/srv"));
        Assert.StartsWith("storage setting: found ", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void User_and_password_of_an_address_are_decoded() =>
        Assert.Contains("Password=\"p@ss;word\"", StorageOptions.Parse("postgresql://me:p%40ss;word@db/sales").Location, StringComparison.Ordinal);
}
