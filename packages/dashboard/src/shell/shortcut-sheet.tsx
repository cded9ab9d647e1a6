import { Dialog } from "../ui/dialog.tsx";
import { Table } from "../ui/table.tsx";

const KEYS: readonly (readonly [string, string])[] = [
  ["Ctrl K", "Go to an app or a screen"],
  ["/", "Filter the list"],
  ["j", "Next row"],
  ["k", "Row before"],
  ["Enter", "Open the row"],
  ["Esc", "Close what is open"],
  ["?", "This list"],
];

export function ShortcutSheet({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  return (
    <Dialog title="Keys" isOpen={isOpen} close={close}>
      <Table caption="Keys" columns={[{ title: "Key" }, { title: "What it does" }]}>
        {KEYS.map(([key, what]) => (
          <tr key={key}>
            <td>
              <kbd>{key}</kbd>
            </td>
            <td>{what}</td>
          </tr>
        ))}
      </Table>
    </Dialog>
  );
}
