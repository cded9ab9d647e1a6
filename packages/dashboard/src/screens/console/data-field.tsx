import { Button } from "../../ui/button.tsx";
import { TextArea } from "../../ui/field.tsx";
import classes from "./console.module.css";
import { bytesOf, isJson } from "./event-draft.ts";

interface DataFieldProps {
  readonly data: string;
  readonly limitBytes: number;
  readonly problem: string | undefined;
  readonly change: (data: string) => void;
}

const COUNT = new Intl.NumberFormat();

/** An event's data, with what clients will make of it and how much it is. */
export function DataField({ data, limitBytes, problem, change }: DataFieldProps) {
  const isValid = isJson(data);
  const size = `${COUNT.format(bytesOf(data))}${Number.isFinite(limitBytes) ? ` of ${COUNT.format(limitBytes)}` : ""} bytes`;
  return (
    <div className={classes.data}>
      <TextArea
        label="Data"
        className="code"
        rows={8}
        spellCheck={false}
        value={data}
        problem={problem}
        hint={isValid ? `Valid JSON · ${size}` : `Not JSON: clients get it as a text · ${size}`}
        onChange={(event) => change(event.target.value)}
      />
      <Button
        kind="quiet"
        small
        disabled={!isValid}
        onClick={() => change(JSON.stringify(JSON.parse(data), null, 2))}
      >
        Format
      </Button>
    </div>
  );
}
