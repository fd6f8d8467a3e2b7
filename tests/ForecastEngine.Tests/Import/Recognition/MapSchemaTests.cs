using System.Text.Json.Nodes;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;

namespace ForecastEngine.Tests.Import.Recognition;

public sealed class MapSchemaTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(MapSchema.Json())!.AsObject();

    [Fact]
    public void Every_entity_and_field_that_maps_may_have_is_in_the_schema_and_no_other()
    {
        var entities = Schema["properties"]!["entities"]!["properties"]!.AsObject().Select(e => e.Key);
        Assert.Equal(EntityFields.Names.Order(), entities.Order());
        foreach (var entity in EntityFields.Names)
            Assert.Equal(EntityFields.Of(entity).Order(), Schema["$defs"]![entity]!["properties"]!["fields"]!["properties"]!.AsObject().Select(f => f.Key).Order());
    }

    [Fact]
    public void Every_property_of_the_ready_maps_is_in_the_schema()
    {
        foreach (var name in ReadyMaps.Names)
        {
            ImportMap.Parse(ReadyMaps.Find(name)!, name);
            var map = JsonNode.Parse(ReadyMaps.Find(name)!)!.AsObject();
            Assert.All(map, p => Assert.Contains(p.Key, Schema["properties"]!.AsObject().Select(s => s.Key)));
            foreach (var source in new MapLayout(name, ReadyMaps.Find(name)!).Sources)
                Assert.All(source.Json, p => Assert.Contains(p.Key, Schema["$defs"]![source.Entity]!["properties"]!.AsObject().Select(s => s.Key)));
        }
    }
}
