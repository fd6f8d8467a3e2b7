using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>Names that may stand at a place of a cell: members after a dot, else what is in scope.</summary>
internal static class Completion
{
    private const int Most = 200;

    /// <summary>Finds them.</summary>
    /// <param name="script">The cell after the ones before it; it need not compile.</param>
    /// <param name="cursor">Where in its text.</param>
    /// <returns>Where the name starts that they would replace, and the names in order.</returns>
    public static (int Start, IReadOnlyList<string> Names) At(Script script, int cursor)
    {
        var start = cursor;
        while (start > 0 && (char.IsLetterOrDigit(script.Code[start - 1]) || script.Code[start - 1] == '_')) start--;
        var compilation = script.GetCompilation();
        var tree = compilation.SyntaxTrees.Single();
        var model = compilation.GetSemanticModel(tree);
        var symbols = start > 0 && script.Code[start - 1] == '.' ? Members(model, tree, start) : model.LookupSymbols(start);
        var begun = script.Code[start..cursor];
        return (start, [.. symbols.Where(s => s.CanBeReferencedByName && s.DeclaredAccessibility is Accessibility.Public or Accessibility.NotApplicable or Accessibility.Private or Accessibility.Internal)
            .Select(s => s.Name).Where(n => n.StartsWith(begun, StringComparison.OrdinalIgnoreCase)).Distinct().Order(StringComparer.Ordinal).Take(Most)]);
    }

    private static IEnumerable<ISymbol> Members(SemanticModel model, SyntaxTree tree, int start)
    {
        var access = tree.GetRoot().FindToken(start - 1).Parent?.AncestorsAndSelf().OfType<MemberAccessExpressionSyntax>().FirstOrDefault();
        if (access is null) return [];
        if (model.GetSymbolInfo(access.Expression).Symbol is INamespaceOrTypeSymbol container)
            return model.LookupSymbols(start, container).Where(s => s.IsStatic || s is INamespaceOrTypeSymbol);
        return model.GetTypeInfo(access.Expression).Type is { } type
            ? model.LookupSymbols(start, type, includeReducedExtensionMethods: true).Where(s => !s.IsStatic && s.DeclaredAccessibility == Accessibility.Public) : [];
    }
}
