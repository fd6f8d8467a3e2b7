namespace ForecastEngine.Backtesting.Report;

/// <summary>The page's style sheet: light and dark by the reader's own setting, one column on a telephone, ink on paper.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root{color-scheme:light dark;--fg:#18212b;--bg:#fff;--soft:#f3f6f9;--muted:#4d5a68;--line:#c9d2db;--b95:#d5e4f4;--b80:#9ec3e8;--b50:#4a8ac9;--ink:#0b2f55;--in:#18212b;--out:#b3261e;--alt:#8a5a00}
        @media screen and (prefers-color-scheme:dark){:root{--fg:#e7edf3;--bg:#12181f;--soft:#1b232d;--muted:#a9b7c5;--line:#3a4756;--b95:#20364d;--b80:#2f5a86;--b50:#4e8fce;--ink:#fff;--in:#fff;--out:#ff9d94;--alt:#f2c46d}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--bg);color:var(--fg);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
        h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}
        h2{font-size:1.25rem;line-height:1.3;margin:2.2rem 0 .4rem}
        p{margin:.4rem 0;max-width:46rem}
        .muted,caption,figcaption{color:var(--muted)}
        .lead{font-size:1.2rem;line-height:1.45}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem;margin:1rem 0;padding:0}
        .tiles div{background:var(--soft);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
        .tiles dt{font-size:.85rem;color:var(--muted)}
        .tiles dd{margin:0;font-size:1.35rem;font-weight:600}
        .pair{display:grid;grid-template-columns:minmax(0,1fr);gap:1rem;align-items:start}
        figure{margin:.5rem 0;max-width:34rem;min-width:0}
        figcaption{font-size:.9rem}
        svg{display:block;width:100%;height:auto}
        .scroll{overflow-x:auto;margin:.5rem 0;min-width:0}
        table{min-width:17rem;border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}
        caption{text-align:left;font-size:.9rem;padding-bottom:.2rem}
        th,td{padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;white-space:nowrap}
        thead th{vertical-align:bottom;white-space:normal}
        tbody th{font-weight:400;min-width:8.6rem;max-width:17rem;white-space:normal}tbody th.r{min-width:0}
        .r{text-align:right}
        .formulas td,.source td{white-space:normal;min-width:9rem}
        ul{padding-left:1.2rem;max-width:46rem}
        li{margin:.3rem 0}
        text{font-size:10.5px;fill:var(--fg)}
        text.e{text-anchor:end}text.m{text-anchor:middle}text.s{fill:var(--muted)}text.s.m{text-anchor:middle}text.s.e{text-anchor:end}
        .axis{stroke:var(--line);stroke-width:1}.zero{stroke:var(--muted);stroke-width:1}.dash{stroke:var(--muted);stroke-width:1.2;stroke-dasharray:4 3;fill:none}
        .b95{fill:var(--b95)}.b80{fill:var(--b80)}.b50{fill:var(--b50)}.tick{stroke:var(--ink);stroke-width:2.5}
        .whisker{stroke:var(--b50);stroke-width:3}.dot{fill:var(--ink);stroke:var(--bg);stroke-width:1}.in{fill:var(--in);stroke:var(--bg);stroke-width:1.2}.out{fill:var(--bg);stroke:var(--out);stroke-width:2}
        .curve{fill:none;stroke:var(--b50);stroke-width:2}.other{fill:none;stroke:var(--alt);stroke-width:1.5;stroke-dasharray:2 3}.othermark{fill:var(--bg);stroke:var(--alt);stroke-width:1.6}
        @media (min-width:60rem){.pair.beside{grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:2rem}}
        @media print{body{max-width:none;padding:0;font-size:10pt}.scroll{overflow:visible}table{font-size:8pt}h2{break-after:avoid}figure,tr,.tiles div{break-inside:avoid}.tiles div,.b95,.b80,.b50,.dot,.in{print-color-adjust:exact}}
        """;
}
