using System.Text;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

/// <summary>A folder of small files in the engine's own format (or any other map's), gone when disposed.</summary>
internal sealed class TestExport : IDisposable
{
    public const string Header = "id,created_at,stage,amount,currency,owner_id,planned_close_on,closed_at,region,source";
    public const string HistoryHeader = "opportunity_id,field,old_value,new_value,changed_at,recorded_at,changed_by";

    public TestExport() => Directory.CreateDirectory(Folder);

    public string Folder { get; } = Directory.CreateTempSubdirectory("import-").FullName;
    public ImportMap Map { get; set; } = Load("forecastengine");
    public ImportOptions Options { get; set; } = ImportOptions.Default;

    public static ImportMap Load(string name) => ImportMap.Load(Path.Combine(Repository.Root, "data", "maps", name + ".json"));

    public static string Fixture(string crm) => Path.Combine(AppContext.BaseDirectory, "Import", "Fixtures", crm);

    public TestExport With(string file, params string[] lines) => With(file, Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));

    public TestExport With(string file, byte[] content)
    {
        File.WriteAllBytes(Path.Combine(Folder, file), content);
        return this;
    }

    public TestExport Deals(params string[] lines) => With("opportunities.csv", [Header, .. lines]);

    public TestExport History(params string[] lines) => With("opportunity_changes.csv", [HistoryHeader, .. lines]);

    /// <summary>The own map with an edit of its JSON.</summary>
    public TestExport Mapped(Func<string, string> edit)
    {
        Map = ImportMap.Parse(edit(File.ReadAllText(Path.Combine(Repository.Root, "data", "maps", "forecastengine.json"))));
        return this;
    }

    public ImportResult Read() => CrmImport.Read(Folder, Map, Options);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
