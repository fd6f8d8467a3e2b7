using Microsoft.ML;
using Microsoft.ML.Data;

namespace ForecastEngine.Statistics.Trees;

/// <summary>
/// Rows of floats in one flat array, shown to ML.NET as the columns <c>Features</c> and <c>Label</c> without an object per
/// row. The label is a boolean for classification and a number for regression.
/// </summary>
public sealed class MatrixView : IDataView
{
    private readonly float[] _rows;
    private readonly int _stride;
    private readonly Func<int, float> _label;
    private readonly float[]? _weights;
    private readonly bool _binary;
    private readonly int _count;

    private MatrixView(float[] rows, int stride, int count, Func<int, float> label, bool binary, float[]? weights = null)
    {
        (_rows, _stride, _count, _label, _binary, _weights) = (rows, stride, count, label, binary, weights);
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, stride));
        schema.AddColumn("Label", binary ? BooleanDataViewType.Instance : NumberDataViewType.Single);
        if (weights is not null) schema.AddColumn("Weight", NumberDataViewType.Single);
        Schema = schema.ToSchema();
    }

    /// <summary>Rows with a yes-or-no label.</summary>
    /// <param name="rows">Row-major values.</param>
    /// <param name="stride">Values a row.</param>
    /// <param name="labels">A row each.</param>
    /// <param name="weights">How many rows each stands for, as column <c>Weight</c>; null for one each and no such column.</param>
    public static MatrixView Binary(float[] rows, int stride, IReadOnlyList<bool> labels, float[]? weights = null) =>
        new(rows, stride, labels.Count, i => labels[i] ? 1 : 0, true, weights);

    /// <summary>Rows with a number to predict.</summary>
    public static MatrixView Regression(float[] rows, int stride, IReadOnlyList<float> labels) =>
        new(rows, stride, labels.Count, i => labels[i], false);

    /// <inheritdoc/>
    public bool CanShuffle => false;
    /// <inheritdoc/>
    public DataViewSchema Schema { get; }
    /// <inheritdoc/>
    public long? GetRowCount() => _count;
    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this);
    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [new Cursor(this)];

    private sealed class Cursor(MatrixView view) : DataViewRowCursor
    {
        private int _row = -1;

        public override long Position => _row;
        public override long Batch => 0;
        public override DataViewSchema Schema => view.Schema;
        public override bool IsColumnActive(DataViewSchema.Column column) => true;
        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_row, 0);
        public override bool MoveNext() => ++_row < view._count;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Delegate getter = column.Index == 0
                ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
                {
                    var editor = VBufferEditor.Create(ref value, view._stride);
                    view._rows.AsSpan(_row * view._stride, view._stride).CopyTo(editor.Values);
                    value = editor.Commit();
                })
                : column.Index == 2
                    ? (ValueGetter<float>)((ref float value) => value = view._weights![_row])
                : view._binary
                    ? (ValueGetter<bool>)((ref bool value) => value = view._label(_row) > 0.5f)
                    : (ValueGetter<float>)((ref float value) => value = view._label(_row));
            return (ValueGetter<TValue>)getter;
        }
    }
}
