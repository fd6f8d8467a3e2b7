using System.CommandLine;
using System.Diagnostics;
using ForecastEngine.Cli.Output;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast map</c>: import maps to read, edit and check.</summary>
internal static class MapCommand
{
    public static Command Create()
    {
        var list = new Command("list", "The ready-made maps.");
        list.SetAction((parse, cancellation) => Task.FromResult(List(new CommandContext(parse, cancellation))));
        var show = new Command("show", "Prints a map: that of the newest import without one, or one by name or path.") { Which() };
        show.SetAction((parse, cancellation) => Task.FromResult(Show(new CommandContext(parse, cancellation), parse.GetValue((Argument<string?>)show.Arguments[0]))));
        var edit = new Command("edit", "Opens the workspace's map in the editor of $VISUAL or $EDITOR, and checks it afterwards.");
        edit.SetAction((parse, cancellation) => Edit(new CommandContext(parse, cancellation)));
        var check = new Command("check", "Reads a map strictly and tells all its faults.") { Which() };
        check.SetAction((parse, cancellation) => Task.FromResult(Check(new CommandContext(parse, cancellation), parse.GetValue((Argument<string?>)check.Arguments[0]))));
        var schema = new Command("schema", "Prints the JSON schema of maps, for editors.");
        schema.SetAction((_, _) =>
        {
            Console.Out.WriteLine(MapSchema.Json());
            return Task.FromResult(ExitCode.Done);
        });
        return new Command("map", "Import maps: how the files of a CRM are read.")
        {
            HelpWithExamples.With(list, "forecast map list"),
            HelpWithExamples.With(show, "forecast map show", "forecast map show hubspot"),
            HelpWithExamples.With(edit, "forecast map edit"),
            HelpWithExamples.With(check, "forecast map check our-crm.json"),
            HelpWithExamples.With(schema, "forecast map schema > import-map.schema.json"),
        };
    }

    private static Argument<string?> Which() => new("map")
    {
        Description = "A ready-made map by name, or the path of one. Default: the workspace's own", Arity = ArgumentArity.ZeroOrOne,
    };

    private static int List(CommandContext context)
    {
        if (context.Json) JsonOutput.Write(ReadyMaps.Names);
        else foreach (var name in ReadyMaps.Names) context.Screen.Line(name);
        return ExitCode.Done;
    }

    private static int Show(CommandContext context, string? which)
    {
        Console.Out.WriteLine((PathOf(context, which) is { } path ? File.ReadAllText(path) : ReadyMaps.Find(which!)!).TrimEnd());
        return ExitCode.Done;
    }

    private static async Task<int> Edit(CommandContext context)
    {
        var path = PathOf(context, null)!;
        var editor = Environment.GetEnvironmentVariable("VISUAL") ?? Environment.GetEnvironmentVariable("EDITOR")
            ?? throw new OperationException($"Map: found no editor in $VISUAL or $EDITOR; expected one. Edit {path} by hand, then: forecast map check.");
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{editor} \"$0\"", path]) { UseShellExecute = false })!;
        await process.WaitForExitAsync(context.Cancellation);
        return Check(context, path);
    }

    private static int Check(CommandContext context, string? which)
    {
        var path = PathOf(context, which);
        var map = path is null ? ImportMap.Parse(ReadyMaps.Find(which!)!, which!) : ImportMap.Load(path);
        if (context.Json) JsonOutput.Write(new { map = path ?? which, name = map.Name, faults = Array.Empty<string>() });
        else context.Screen.Line($"{path ?? which}: no fault; {map.Name}, amounts in {map.Currency}.");
        return ExitCode.Done;
    }

    // Null for a ready-made map.
    private static string? PathOf(CommandContext context, string? which)
    {
        if (which is not null && File.Exists(which)) return which;
        if (which is not null)
            return ReadyMaps.Names.Contains(which) ? null
                : throw new OperationException($"Map {which}: found neither a file nor a ready-made map; expected one of {string.Join(", ", ReadyMaps.Names)}, or a path.");
        foreach (var name in (string[])[UnderstandExport.AgreedMap, UnderstandExport.DraftMap])
            if (Path.Combine(context.WorkspaceFolder, name) is var path && File.Exists(path)) return path;
        throw new OperationException($"Map: found none in {context.WorkspaceFolder}; expected one that an import without --map left there. Name a map, or import first: forecast import <folder>.");
    }
}
