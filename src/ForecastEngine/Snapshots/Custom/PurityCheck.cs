using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ForecastEngine.Snapshots.Custom;

/// <summary>
/// Whether an assembly of custom features can be pure: it may not name files, the network, processes, threads, reflection, the
/// clock, randomness or state that it keeps between calls. Read from its metadata, before any of it is loaded.
/// </summary>
/// <remarks>It keeps honest code pure; it is no sandbox. An assembly is code, and a bundle with one is to be trusted like code.</remarks>
internal static class PurityCheck
{
    private static readonly HashSet<string> Assemblies = new(StringComparer.Ordinal)
    {
        "System.Runtime", "System.Private.CoreLib", "System.Collections", "System.Collections.Immutable", "System.Linq", "System.Memory", "System.Runtime.Extensions", "System.Text.RegularExpressions", "netstandard", "ForecastEngine",
    };

    private static readonly HashSet<string> Namespaces = new(StringComparer.Ordinal)
    {
        "System", "System.Collections", "System.Collections.Generic", "System.Collections.Immutable", "System.Linq", "System.Globalization", "System.Numerics", "System.Text", "System.Text.RegularExpressions",
        "System.Runtime.CompilerServices", "System.Runtime.Versioning", "System.Diagnostics.CodeAnalysis", "ForecastEngine.Crm", "ForecastEngine.Snapshots", "ForecastEngine.Snapshots.Custom", "ForecastEngine.Statistics",
    };

    // Names of types that are refused wherever their namespace is allowed.
    private static readonly HashSet<string> RefusedTypes = new(StringComparer.Ordinal)
    {
        "System.Activator", "System.AppContext", "System.AppDomain", "System.Console", "System.Environment", "System.GC", "System.HashCode", "System.Random", "System.TimeProvider", "System.TimeZoneInfo",
        "System.WeakReference", "System.Runtime.CompilerServices.Unsafe", "System.Runtime.CompilerServices.RuntimeFeature", "ForecastEngine.Snapshots.SnapshotTaker", "ForecastEngine.Snapshots.Closing", "ForecastEngine.Crm.CrmHistory",
    };

    private static readonly HashSet<string> RefusedMembers = new(StringComparer.Ordinal)
    {
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow", "System.Guid.NewGuid", "System.Guid.CreateVersion7",
        "System.String.GetHashCode", "System.Object.GetHashCode",
    };

    /// <summary>True for assemblies that a custom feature may be compiled against.</summary>
    public static bool MayReference(string assembly) => Assemblies.Contains(assembly);

    /// <summary>Refuses what cannot be pure.</summary>
    /// <exception cref="CustomFeatureException">With the first thing found.</exception>
    public static void Require(byte[] assembly, string origin)
    {
        try
        {
            using var file = new PEReader([.. assembly]);
            if (!file.HasMetadata || file.PEHeaders.CorHeader is not { } header || (header.Flags & CorFlags.ILOnly) == 0)
                throw Refused("a file without .NET metadata, or with native code", "a .NET class library");
            Require(file.GetMetadataReader());
        }
        catch (BadImageFormatException fault)
        {
            throw new CustomFeatureException($"Custom features in {origin}", $"no readable assembly ({fault.Message})", "a .NET class library", "Build it again.", fault);
        }

        void Require(MetadataReader reader)
        {
            foreach (var handle in reader.AssemblyReferences)
                if (reader.GetString(reader.GetAssemblyReference(handle).Name) is var name && !MayReference(name)) throw Refused($"a use of the assembly {name}", "only the engine, collections and LINQ");
            foreach (var handle in reader.TypeReferences)
                if (NameOf(reader, reader.GetTypeReference(handle)) is var type && !MayUse(type.Namespace, type.Name)) throw Refused($"a use of {type.Namespace}.{type.Name}", "a pure function of the snapshot");
            foreach (var handle in reader.MemberReferences)
            {
                var member = reader.GetMemberReference(handle);
                if (member.Parent.Kind != HandleKind.TypeReference) continue;
                var type = NameOf(reader, reader.GetTypeReference((TypeReferenceHandle)member.Parent));
                var (owner, called) = ($"{type.Namespace}.{type.Name}", reader.GetString(member.Name));
                if (RefusedMembers.Contains($"{owner}.{called}") || owner == "System.Type" && called is not ("GetTypeFromHandle" or "op_Equality" or "op_Inequality"))
                    throw Refused($"a use of {owner}.{called.Replace("get_", "", StringComparison.Ordinal)}", "a pure function of the snapshot: the same value today, tomorrow and on another machine");
            }
            foreach (var handle in reader.MethodDefinitions)
                if ((reader.GetMethodDefinition(handle).Attributes & MethodAttributes.PinvokeImpl) != 0) throw Refused("a call into native code", "a pure function of the snapshot");
            foreach (var handle in reader.FieldDefinitions)
            {
                var field = reader.GetFieldDefinition(handle);
                if ((field.Attributes & FieldAttributes.Static) == 0 || (field.Attributes & (FieldAttributes.InitOnly | FieldAttributes.Literal)) != 0) continue;
                if (reader.GetString(reader.GetTypeDefinition(field.GetDeclaringType()).Name) is var owner && !owner.StartsWith('<')) throw Refused($"the static field {owner}.{reader.GetString(field.Name)}, which can change between calls", "no state, or readonly fields");
            }
        }

        CustomFeatureException Refused(string found, string expected) => new($"Custom features in {origin}", found, expected, "Take it out; a feature may use the snapshot alone.");
    }

    private static (string Namespace, string Name) NameOf(MetadataReader reader, TypeReference type)
    {
        var name = reader.GetString(type.Name);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            type = reader.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
            name = reader.GetString(type.Name);
        }
        return (reader.GetString(type.Namespace), name);
    }

    // Attributes that a compiler writes by itself say nothing and do nothing.
    private static bool MayUse(string space, string name) =>
        !RefusedTypes.Contains($"{space}.{name}")
        && (Namespaces.Contains(space) || (space is "System.Diagnostics" or "System.Reflection" && (name.EndsWith("Attribute", StringComparison.Ordinal) || name == "DebuggingModes")));
}
