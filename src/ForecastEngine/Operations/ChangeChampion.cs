using ForecastEngine.Registry;

namespace ForecastEngine.Operations;

/// <summary>Changes which version answers, by hand: only to one that this process could score with. Where it could not, the champion stays.</summary>
public static class ChangeChampion
{
    /// <summary>Makes a version the champion.</summary>
    /// <param name="workspace">Whose registry.</param>
    /// <param name="version">Its id.</param>
    /// <param name="reason">In words, for the history.</param>
    /// <exception cref="ModelRegistryException">It is not whole, cannot be loaded, or holds custom features where they are not allowed.</exception>
    public static void Promote(Workspace workspace, string version, string reason)
    {
        workspace.BundleOf(workspace.Models.Get(version));
        workspace.Models.Promote(version, reason, workspace.Clock.GetUtcNow());
    }

    /// <summary>Brings the champion before this one back; returns it.</summary>
    /// <exception cref="ModelRegistryException">There is none, or it cannot answer any more.</exception>
    public static ModelVersion Rollback(Workspace workspace)
    {
        if (workspace.Models.State.Earlier is [.., var before]) workspace.BundleOf(workspace.Models.Get(before));
        return workspace.Models.Rollback(workspace.Clock.GetUtcNow());
    }
}
