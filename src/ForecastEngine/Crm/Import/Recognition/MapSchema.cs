namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>The JSON schema of import maps, by which editors complete and check them.</summary>
public static class MapSchema
{
    /// <summary>The schema.</summary>
    public static string Json() => ReadyMaps.Text("import-map.schema.json");
}
